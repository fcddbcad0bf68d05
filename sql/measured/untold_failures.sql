-- builds  measured.untold_failures (working table): one row per window part whose value is of requests, some of whose failures no incident tells of
-- reads   bad pieces, ways of judging samples, failing time of incidents
-- rule    R-CR3: such failures have a cause that nobody knows, whatever incidents tell of others
with told as (
    select
        part_no,
        component_id,
        raw_id,
        start_us
    from measured.failing_spans
    where incident_id is not null
)

select distinct terms.part_no
from measured.sample_terms as terms
inner join measured.bad_pieces as piece
    on
        terms.terms_no = piece.terms_no
        and terms.component_id = piece.component_id
        and terms.start_us < piece.end_us
        and terms.end_us > piece.start_us
anti join told
    on
        terms.part_no = told.part_no
        and terms.component_id = told.component_id
        and piece.raw_id = told.raw_id
        and piece.start_us <= told.start_us
        and piece.end_us > told.start_us
where terms.kind in ('error_rate', 'request_ratio')
