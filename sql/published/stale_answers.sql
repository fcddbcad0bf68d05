-- builds  published.stale_answers (working table): one row: how many open contests of reply sheets stand on no row any more
-- reads   effects of disputes, the dispute sheet
-- rule    K4. A reply's dispute has the id of its row; where records changed since it was printed the span has another id, and what was
--         contested still is, until it is answered anew or decided
select count(distinct dispute_id) as stale
from measured.dispute_effects
where
    starts_with(dispute_id, 'P-')
    and state = 'open'
    and dispute_id not in (select sheet.position_id from measured.dispute_sheet as sheet)
