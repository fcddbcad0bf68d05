-- builds  reconciled.match_decisions: one row per judged pair, as tables.yml has it
-- reads   judged pairs, records of incidents, what monitoring saw, vendor records
-- rule    4.1 step 6: where a person decided on two tickets or vendor records, `automatic_match` among the features keeps what would stand
--         without them (1 or 0), for precision and recall; a review pair is unmatched in the headline and listed with its effect: a vendor
--         record that joined would extend what monitoring saw of its component by what it admits more (RC-P1); other joins unite
--         intervals that count already
with sides as (
    select left_no as record_no, right_no as other_no, left_no, right_no
    from reconciled.judged_pairs
    where decision = 'review'
    union all
    select right_no as record_no, left_no as other_no, left_no, right_no
    from reconciled.judged_pairs
    where decision = 'review'
),

extensions as (
    select
        sides.left_no,
        sides.right_no,
        sum(greatest(piece.start_us - epoch_us(record.started_at), 0)) filter (where piece.is_first_down)::bigint as before_us,
        sum(greatest(epoch_us(record.ended_at) - piece.end_us, 0)) filter (where piece.is_last_down)::bigint as after_us
    from sides
    inner join reconciled.incident_records as one on sides.record_no = one.record_no and one.entity = 'vendor_record'
    inner join reconciled.incident_records as other on sides.other_no = other.record_no and one.incident_id <> other.incident_id
    inner join reconciled.claims as claim on one.raw_id = claim.raw_id
    inner join staged.vendor_record as record on one.raw_id = record.raw_id
    inner join reconciled.impaired_pieces as piece
        on other.incident_id = piece.incident_id and (claim.component_id = piece.component_id or not claim.has_component)
    group by sides.left_no, sides.right_no
)

select
    pair.left_raw_id,
    pair.right_raw_id,
    pair.score,
    if(
        pair.turn = 1 and not pair.is_with_episode,
        json_merge_patch(json_object('automatic_match', pair.is_automatic_match::integer::varchar), pair.features),
        pair.features
    )::json as features,
    pair.rule,
    pair.decision,
    if(pair.turn = 1, 'person', 'automatic') as decided_by,
    pair.decided_at,
    pair.reason,
    if(pair.decision = 'review', coalesce(extension.before_us, 0) + coalesce(extension.after_us, 0), null)::bigint as effect_down_us
from reconciled.judged_pairs as pair
left join extensions as extension on pair.left_no = extension.left_no and pair.right_no = extension.right_no
