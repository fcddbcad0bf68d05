-- builds  run.windows: one row per contract version, measure, governed service and window part that the period lists
-- reads   the windows of contract versions, the governed components
-- rule    R-TM3 windows; R-VE1 parts. A service that was never in the catalogue during a part has no row; one that was for some of it has the
--         whole part: its active spans are the catalogue's (R-AV1), and a reading counts the rest as up (E66)
select distinct
    part.contract_version_id,
    governed.measure_id,
    governed.service_id,
    part.period,
    part.window_start_at,
    part.window_end_at,
    part.start_at,
    part.end_at
from run.version_windows as part
inner join run.governed_components as governed
    on
        part.contract_version_id = governed.contract_version_id
        and governed.component_id = governed.service_id
        and part.end_at > governed.start_at
        and (governed.end_at is null or part.start_at < governed.end_at)
