-- builds  measured.few_requests (working table): one row per window part in which a minute over the threshold had too few requests to count
-- reads   bad pieces, ways of judging samples
-- rule    R-GR5: a minute below min_requests is up, and the result says so: flag MIN_REQUESTS
select distinct terms.part_no
from measured.sample_terms as terms
inner join measured.bad_pieces as piece
    on
        terms.terms_no = piece.terms_no
        and terms.component_id = piece.component_id
        and piece.start_us < terms.end_us
        and piece.end_us > terms.start_us
where piece.is_few
