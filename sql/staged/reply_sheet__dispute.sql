-- builds  staged.reply_sheet__dispute (adapter): one row per answered row of a reply sheet: a dispute of the provider's, or, where it agrees, one
--         withdrawn, so that an earlier contest of the row ends with it
-- reads   what a vendor filled in and sent back (reports/handbook/two-sides.md), when its file was extracted or landed
-- rule    K4, R-DI3 only the part named is contested, R-DI4 raised when it was received. A row counts only as it was printed: its key is that of
--         its component, span and result, its seal that of all printed cells, and its vendor the source's system. A blank row says nothing.
--         Who answered and on which day stays in raw
--
-- row_key → dispute_id; result → subject_id; component → component_id; the span, or its parts → portion; reason code and words → claim_text;
-- report → about_pack_id; report_as_of → report_issued_at; evidence → evidence; agree → state withdrawn, else open
with cells as (
    select
        landing_seq,
        source_row,
        received,
        lower(trimmed(answer)) as answer,
        lower(trimmed(reason_code)) as reason_code,
        trimmed(reason) as reason,
        trimmed(evidence) as evidence,
        trimmed(contested_start_at) as contested_start_at,
        trimmed(contested_end_at) as contested_end_at,
        coalesce(text_list(contested_start_at), []) as starts,
        coalesce(text_list(contested_end_at), []) as ends,
        coalesce(trimmed(answered_by), trimmed(answered_on)) as signed,
        spreadsheet_plain(component) as component_id,
        start_at,
        end_at,
        result,
        vendor,
        source_system,
        report,
        report_as_of,
        row_key,
        row_seal,
        position_id(vendor, spreadsheet_plain(component), start_at, end_at, result) as made_key,
        row_seal([
            component, start_at, end_at, length, service, customer_says, vendor_says, vendor_records, customer_tickets, earlier_answer,
            contract, measure, result, credit_if_customer_holds, credit_if_vendor_holds, credit_on_agreed_time, answer_before, report,
            report_as_of, vendor, row_key
        ]) as made_seal
    from payload.rows
),

answered as (
    select
        *,
        list_transform(starts, lambda words: if(instant_kind(words) = 'offset', try_cast(words as timestamptz), null)) as from_instants,
        list_transform(ends, lambda words: if(instant_kind(words) = 'offset', try_cast(words as timestamptz), null)) as until_instants
    from cells
    where coalesce(answer, reason_code, reason, evidence, contested_start_at, contested_end_at, signed) is not null
),

timed as (
    select
        *,
        list_zip(from_instants, until_instants) as spans,
        len(starts) + len(ends) > 0 as has_part,
        coalesce(answer in ('agree', 'contest', 'partly'), false) as has_answer,
        coalesce(
            reason_code in (
                'not_down', 'shorter', 'not_ours', 'planned_maintenance', 'customer_caused', 'force_majeure', 'measurement_error',
                'not_covered'
            ) or (reason_code = 'other' and reason is not null),
            false
        ) as has_reason
    from answered
),

judged as (
    select
        *,
        case
            when coalesce(row_key <> made_key, true) then 'REPLY_ROW_UNKNOWN'
            when coalesce(row_seal <> made_seal, true) then 'REPLY_ROW_ALTERED'
            when vendor <> source_system then 'REPLY_OTHER_VENDOR'
            when not has_answer then 'REPLY_ANSWER_UNKNOWN'
            when answer <> 'partly' and has_part then 'REPLY_PART_MISSING'
            when answer = 'agree' then null
            when not has_reason then 'REPLY_REASON_MISSING'
            when answer = 'contest' then null
            when len(starts) = 0 or len(starts) <> len(ends) then 'REPLY_PART_MISSING'
            when list_count(from_instants) + list_count(until_instants) < len(starts) + len(ends) then 'REPLY_NO_ZONE'
            when len(list_filter(spans, lambda span: span[2] <= span[1])) > 0 then 'END_BEFORE_START'
            when list_min(from_instants) < try_cast(start_at as timestamptz) then 'REPLY_PART_OUTSIDE'
            when list_max(until_instants) > try_cast(end_at as timestamptz) then 'REPLY_PART_OUTSIDE'
        end as adapter_issue
    from timed
)

select
    judged.landing_seq,
    judged.source_row,
    judged.received,
    judged.row_key as dispute_id,
    'provider' as party,
    'sla_result' as subject_type,
    judged.result as subject_id,
    judged.component_id,
    'portion' as scope,
    case
        when judged.adapter_issue is not null then null
        when judged.answer <> 'partly' then span_list(judged.start_at, judged.end_at)
        else
            '['
            || list_aggregate(
                list_transform(judged.spans, lambda span: span_list(instant_text(span[1]), instant_text(span[2]))[2:-2]), 'string_agg', ','
            )
            || ']'
    end as portion,
    nullif(concat_ws(': ', judged.reason_code, judged.reason), '') as claim_text,
    instant_text(coalesce(files.stated_extracted_at, files.recorded_from)) as raised_at,
    judged.report_as_of as report_issued_at,
    judged.report as about_pack_id,
    if(judged.answer = 'agree', 'withdrawn', 'open') as state,
    judged.evidence,
    judged.adapter_issue,
    case judged.adapter_issue
        when 'REPLY_ROW_UNKNOWN' then judged.row_key
        when 'REPLY_ROW_ALTERED' then judged.row_seal
        when 'REPLY_OTHER_VENDOR' then judged.vendor
        when 'REPLY_ANSWER_UNKNOWN' then judged.answer
        when 'REPLY_REASON_MISSING' then judged.reason_code
        else nullif(concat_ws(' to ', judged.contested_start_at, judged.contested_end_at), '')
    end as adapter_words
from judged
inner join payload.files as files on judged.landing_seq = files.landing_seq
order by judged.landing_seq, judged.source_row
