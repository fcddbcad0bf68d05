-- builds  reconciled.duplicate_pairs (working table): one row per two records of one source that say the same thing twice
-- reads   meetings of records that have something in common
-- rule    RC-D6: enough overlap
select distinct
    met.left_no,
    met.right_no,
    overlap_share(met.left_start_us, met.left_end_us, met.right_start_us, met.right_end_us) as overlap
from reconciled.duplicate_meetings as met
cross join run.policy as policy
where
    met.left_no < met.right_no
    and overlap_share(met.left_start_us, met.left_end_us, met.right_start_us, met.right_end_us) >= policy.duplicate_overlap
