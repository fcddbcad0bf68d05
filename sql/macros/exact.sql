-- macro   ppm(share): a DECIMAL(9,6) fraction or percentage in millionths, as an integer
create or replace macro ppm(share) as ((share * 1000000)::bigint);
-- macro   millionths(count): an integer count of millionths as DECIMAL(18,6), without passing through a float
create or replace macro millionths(count) as ((count)::decimal(18, 0) * 0.000001);
-- macro   floored_pct(num, den): num / den x 100, floored at six decimals; null if den is 0
create or replace macro floored_pct(num, den) as (
    if(den > 0, millionths((num)::hugeint * 100000000 // nullif((den)::hugeint, 0))::decimal(9, 6), null)
);
-- macro   millionths_half_up(num, den): num / den half up at six decimals, exact; of a negative number the half goes away from zero
create or replace macro millionths_half_up(num, den) as (
    (
        sign((num)::hugeint)
        * millionths((abs((num)::hugeint) * 2000000 + (den)::hugeint) // nullif(2 * (den)::hugeint, 0))
    )::decimal(18, 6)
);
-- macro   minutes_of(total_us, count): a sum of microseconds over a count, in minutes, half up at six decimals; null if the count is 0
create or replace macro minutes_of(total_us, count) as (
    if((count) > 0, millionths_half_up(total_us, (count)::hugeint * 60000000), null)
);
-- macro   thirty_digits(num, den): num / den in units of 10^-30, floored, digit groups one after the other, so that denominators of up to 10^28 fit
create or replace macro thirty_digits(num, den) as (
    (num)::hugeint * 10000000000 // (den)::hugeint * 100000000000000000000::hugeint
    + (num)::hugeint * 10000000000 % (den)::hugeint * 10000000000 // (den)::hugeint * 10000000000
    + ((num)::hugeint * 10000000000 % (den)::hugeint * 10000000000 % (den)::hugeint) * 10000000000 // (den)::hugeint
);
-- macro   moved_by(num, den, other_num, other_den, points): do two shares lie at least so many percentage points apart, to 10^-30; products of
--         two denominators, as user minutes and means of rates have them, would not fit; null where a share is not known
create or replace macro moved_by(num, den, other_num, other_den, points) as (
    abs(thirty_digits(num, den) - thirty_digits(other_num, other_den)) >= ppm(points) * 10000000000000000000000::hugeint
);
