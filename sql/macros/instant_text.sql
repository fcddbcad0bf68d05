-- macro   instant_text(moment): an instant as tables.yml `csv` writes it and ids hash it: Z, six decimals only if not a whole second
create or replace macro instant_text(moment) as (
    if(
        epoch_us(moment) % 1000000 = 0,
        strftime(moment, '%Y-%m-%dT%H:%M:%SZ'),
        strftime(moment, '%Y-%m-%dT%H:%M:%S.%fZ')
    )
);
