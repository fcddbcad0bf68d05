-- builds  measured.target_readings (working table): one row per target of the headline and other reading of its clock
-- reads   targets in the reading of the headline, judged targets, clocks
-- rule    R-RD1; a severity that another reading never judges is not applicable there (E35 in its sense)
select
    headline.target_no,
    clock.reading,
    other.start_us,
    other.target_us,
    other.elapsed_us,
    coalesce(other.status, 'not_applicable') as status
from measured.headline_targets as headline
inner join measured.clocks as clock
    on
        headline.incident_id = clock.incident_id
        and headline.contract_version_id = clock.contract_version_id
        and headline.measure_id = clock.measure_id
left join measured.judged_targets as other on clock.clock_no = other.clock_no and headline.severity = other.severity
where clock.reading <> 'default'
