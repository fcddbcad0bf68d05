-- macro   tens(places): 10 to the power of 0 to 9, exact
create or replace macro tens(places) as ([1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000][places + 1]::hugeint);
-- macro   rounded_pct(num, den, places, mode): num / den x 100 rounded to some decimals, in units of the last of them (R-AV4)
create or replace macro rounded_pct(num, den, places, mode) as (
    (num)::hugeint * 100 * tens(places) // (den)::hugeint
    + case mode
        when 'half_up' then (2 * ((num)::hugeint * 100 * tens(places) % (den)::hugeint) >= (den)::hugeint)::integer
        when 'half_even'
            then
                (
                    2 * ((num)::hugeint * 100 * tens(places) % (den)::hugeint)
                    + ((num)::hugeint * 100 * tens(places) // (den)::hugeint) % 2
                    > (den)::hugeint
                )::integer
        else 0
    end
);
-- macro   reaches(num, den, target, comparator, places, mode): does num / den x 100 stand so to the target, exactly, or rounded first where the
--         contract says so (places is null: exactly)
create or replace macro reaches(num, den, target, comparator, places, mode) as (
    case
        when places is null and comparator = 'gt' then (num)::hugeint * 100000000 > (den)::hugeint * ppm(target)
        when places is null then (num)::hugeint * 100000000 >= (den)::hugeint * ppm(target)
        when comparator = 'gt' then rounded_pct(num, den, places, mode) * 1000000 > ppm(target) * tens(places)
        else rounded_pct(num, den, places, mode) * 1000000 >= ppm(target) * tens(places)
    end
);
