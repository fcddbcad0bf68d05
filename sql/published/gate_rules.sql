-- builds  published.gate_rules (working table): one row per rule that the gate judged, in the order of the page
-- reads   the rules as the gate's room tells them
-- rule    DOMAIN 4.5: what a rule asks is said in one place, by the rule itself
select
    place,
    rule_id,
    words,
    file
from staged.gate_rules
