-- builds  reconciled.judged_exclusions (working table): one row per asked exclusion, component and contract version: its verdict before
--         allowances; and one more per measure of the component that has terms of its own for that type (`measure_id` set)
-- reads   asked exclusions, windows, requests and exceptions behind them, exclusion terms, sign-offs and the roles they need
-- rule    R-EX1 to R-EX7, R-DI6, in this order: what a person refused, what the contract has no rule for or does not cover, notice, approval,
--         evidence, acceptance. Undecided and unsigned ones are requests: the time counts. A measure's own terms stand in the place of its
--         contract's
with versions as (
    select distinct
        scope.component_id,
        version.contract_version_id,
        scope.measure_id,
        greatest(epoch_us(version.effective_from), epoch_us(scope.start_at)) as start_us,
        least(coalesce(epoch_us(version.effective_to), never_us()), coalesce(epoch_us(scope.end_at), never_us())) as end_us
    from run.governed_components as scope
    inner join run.contract_versions as version on scope.contract_version_id = version.contract_version_id
),

terms as (
    select
        contract_version_id,
        measure_id,
        type,
        is_allowed,
        notice_us,
        is_approval_required,
        max_us_per_month,
        accepted_by,
        coalesce(named, []) as named,
        clause
    from run.exclusion_terms
),

needed_roles as (
    select
        object_type,
        rule,
        list(role order by role) as roles
    from run.signoff_roles
    group by object_type, rule
),

signed as (
    select
        object_type,
        object_id,
        list(signoff_id order by signoff_id) as signoff_ids,
        coalesce(list(distinct role order by role) filter (where decision = 'approve'), []) as approving_roles,
        bool_or(decision = 'reject') as is_refused
    from reconciled.object_signoffs
    group by object_type, object_id
),

asked as (
    select distinct
        exclusion.type,
        exclusion.origin,
        version.contract_version_id,
        own.measure_id,
        exclusion.component_id,
        exclusion.incident_id,
        exclusion.start_us,
        exclusion.end_us,
        exclusion.object_id,
        exclusion.raw_id
    from reconciled.asked_exclusions as exclusion
    inner join versions as version
        on
            exclusion.component_id = version.component_id
            and exclusion.start_us < version.end_us
            and exclusion.end_us > version.start_us
    left join terms as own
        on
            version.contract_version_id = own.contract_version_id
            and version.measure_id = own.measure_id
            and exclusion.type = own.type
),

described as (
    select
        asked.*,
        coalesce(terms.is_allowed, false) as is_allowed,
        terms.notice_us,
        coalesce(terms.is_approval_required, false) as is_approval_required,
        terms.max_us_per_month,
        terms.accepted_by,
        coalesce(terms.named, []) as named,
        terms.clause,
        coalesce(epoch_us(plan.notice_at), epoch_us(request.notice_at)) as notice_at_us,
        epoch_us(plan.approved_at) as approved_at_us,
        coalesce(plan.approver_role, request.decided_by_role) as approver_role,
        request.decision,
        request.decided_by_role,
        request.third_party_id,
        request.causal_link is not null and request.mitigation is not null as is_explained,
        case
            when terms.accepted_by = 'customer' then request.accepted_by_customer_at is not null
            when terms.accepted_by = 'both_parties'
                then request.accepted_by_customer_at is not null and request.accepted_by_provider_at is not null
            else false
        end as is_accepted,
        coalesce(list_contains(roles.roles, request.decided_by_role), false) as is_decided_by_role,
        coalesce(signed.signoff_ids, []) as signoff_ids,
        coalesce(signed.is_refused, false) as is_refused,
        coalesce(len(roles.roles) > 0 and list_has_all(signed.approving_roles, roles.roles), false) as is_signed,
        asked.origin <> 'request'
        or asked.incident_id is null
        or exists (
            select 1
            from reconciled.incident_components as hit
            left join reconciled.component_paths as up on hit.component_id = up.component_id and asked.component_id = up.ancestor_id
            left join reconciled.component_paths as down on asked.component_id = down.component_id and hit.component_id = down.ancestor_id
            where hit.incident_id = asked.incident_id and (up.component_id is not null or down.component_id is not null)
        ) as is_in_scope,
        list_sort(
            list_distinct(
                list_filter(
                    list_concat(coalesce(request.evidence, []), [plan.evidence_ref]), lambda evidence: evidence is not null
                )
            )
        ) as evidence
    from asked
    left join terms
        on
            asked.contract_version_id = terms.contract_version_id
            and asked.measure_id is not distinct from terms.measure_id
            and asked.type = terms.type
    left join staged.maintenance_window as plan on asked.origin = 'window' and asked.raw_id = plan.raw_id
    left join staged.exclusion_request as request on asked.origin = 'request' and asked.raw_id = request.raw_id
    left join staged.exception as exception on asked.origin = 'exception' and asked.raw_id = exception.raw_id
    left join needed_roles as roles
        on
            roles.object_type = if(asked.origin = 'exception', 'exception', 'exclusion_request')
            and roles.rule = if(asked.origin = 'exception', exception.policy_rule, asked.type)
    left join signed
        on
            signed.object_type = if(asked.origin = 'exception', 'exception', 'exclusion_request')
            and asked.object_id = signed.object_id
),

judged as (
    select
        described.*,
        case
            when decision in ('rejected', 'withdrawn') or is_refused then 'REJECTED'
            when origin = 'exception' then if(is_signed, null, 'NOT_SIGNED')
            when not is_allowed then 'NO_CLAUSE'
            when not is_in_scope then 'SCOPE_MISMATCH'
            when type = 'third_party' and lower(third_party_id) = 'subcontractor' then 'SUBCONTRACTOR'
            when type = 'third_party' and not coalesce(list_contains(named, third_party_id), false) then 'NOT_NAMED'
            when type = 'force_majeure' and not coalesce(notice_at_us <= start_us + notice_us, false) then 'NOTICE_TOO_SHORT'
            when type = 'force_majeure' and not is_explained then 'NO_EVIDENCE'
            when
                (type = 'pre_approved_maintenance' or (type = 'emergency_maintenance' and notice_us > 0))
                and not coalesce(notice_at_us <= start_us - notice_us, false)
                then 'NOTICE_TOO_SHORT'
            when origin = 'window' and is_approval_required and (approved_at_us is null or approver_role is null) then 'NOT_APPROVED'
            when origin = 'window' and is_approval_required and approved_at_us > start_us then 'APPROVED_LATE'
            when origin = 'window' or is_accepted or (decision = 'accepted' and is_decided_by_role) then null
            when decision = 'accepted' then 'NOT_SIGNED'
            else 'UNDECIDED'
        end as reason
    from described
)

select
    type,
    contract_version_id,
    measure_id,
    component_id,
    incident_id,
    start_us,
    end_us,
    raw_id,
    clause,
    notice_at_us,
    approved_at_us,
    approver_role,
    signoff_ids,
    evidence,
    max_us_per_month,
    case when reason is null then 'applied' when reason in ('UNDECIDED', 'NOT_SIGNED') then 'requested' else 'rejected' end as status,
    reason
from judged
where start_us < end_us
