-- macro   gate_weight(own, below, need, capacity): what is lost where a gate's own component and `need` of those below it lose these summed
--         shares of a capacity, the populations hit being as disjoint as they can be (R-PO2 sum_capped, R-CO2): laid end to end, the shares
--         below cover what is above need - 1 capacities that often; with one of need 1 that is the sum, capped
create or replace macro gate_weight(own, below, need, capacity) as (
    least(
        coalesce(own, 0) + least(greatest(coalesce(below, 0) - (need - 1) * capacity, 0), capacity), capacity
    )::bigint
);
-- macro   portion(num, den, whole): num / den x whole, floored, exact where the product of num and whole would not fit; num <= den
create or replace macro portion(num, den, whole) as (
    (num)::hugeint * ((whole) // 1000000) // (den)::hugeint * 1000000
    + ((num)::hugeint * ((whole) // 1000000) % (den)::hugeint * 1000000 + (num)::hugeint * ((whole) % 1000000)) // (den)::hugeint
);
