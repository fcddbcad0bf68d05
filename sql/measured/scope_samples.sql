-- builds  measured.scope_samples (working table): one row per scope whose value is of requests and component in it. Scope, component and time on one
--         axis: an instant lies at instant + axis_us, so that joins of spans need no equality
-- reads   scopes, the parts, ways of judging their samples
-- rule    R-GR6 and shares of requests; only these are valued by their samples
select
    scope.scope_no,
    scope.part_no,
    terms.component_id,
    terms.terms_no,
    part.start_us,
    part.end_us,
    row_number() over (order by scope.scope_no, terms.component_id)
    * (max(part.end_us) over () - min(part.start_us) over () + 1)
    - min(part.start_us) over () as axis_us
from measured.scopes as scope
inner join measured.parts as part on scope.part_no = part.part_no
inner join measured.sample_terms as terms on scope.part_no = terms.part_no
where part.kind in ('error_rate', 'request_ratio')
