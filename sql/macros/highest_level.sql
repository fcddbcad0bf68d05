-- macro   highest_level(n1 .. n5, need): levels nest, so the highest one that at least `need` units reach is how many of them do (R-CO2)
create or replace macro highest_level(n1, n2, n3, n4, n5, need) as (
    (coalesce(n1, 0) >= need)::integer
    + (coalesce(n2, 0) >= need)::integer
    + (coalesce(n3, 0) >= need)::integer
    + (coalesce(n4, 0) >= need)::integer
    + (coalesce(n5, 0) >= need)::integer
);
