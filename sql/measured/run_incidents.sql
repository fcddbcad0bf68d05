-- builds  measured.run_incidents (working table): one row per run of bad time and incident whose time meets it
-- reads   runs of bad time, times of incidents
-- rule    bad minutes belong to the incident of the component, or of the service as such, whose time meets their run, as runs of a down state do;
--         to none if there is none: their cause is unknown (R-CR3)
select distinct
    bad.terms_no,
    bad.component_id,
    bad.start_us,
    reach.incident_id
from measured.bad_runs as bad
inner join measured.incident_reach as reach
    on
        bad.component_id = reach.component_id
        and bad.start_us < reach.end_us
        and bad.end_us > reach.start_us
