-- builds  published.signatures (working table): one row per sign-off of an exception, an exclusion request or an override, and whether it stands
-- reads   sign-offs, revocations, what they sign
-- rule    section 1 sign-off: it covers the hash of exactly what was signed, another hash voids it; R-DI6 unsigned = no effect; roles, never names
with objects as (
    select 'exception' as object_type, exception_id as object_id, payload_sha256 from staged.exception
    union all
    select 'exclusion_request' as object_type, request_id as object_id, payload_sha256 from staged.exclusion_request
    union all
    select 'override' as object_type, override_id as object_id, payload_sha256 from staged.override
),

revoked as (
    select distinct object_id as signoff_id
    from staged.revocation
    where object_type = 'signoff'
)

select
    signoff.signoff_id,
    signoff.object_type,
    signoff.object_id,
    coalesce(signoff.role, 'no role') as role,
    signoff.party,
    signoff.decision,
    signoff.method,
    signoff.signed_at,
    signoff.object_sha256,
    case
        when revoked.signoff_id is not null then 'revoked'
        when signoff.method <> 'document' and signoff.object_sha256 <> objects.payload_sha256 then 'other_text'
        else 'stands'
    end as standing
from staged.signoff as signoff
inner join objects on signoff.object_type = objects.object_type and signoff.object_id = objects.object_id
left join revoked on signoff.signoff_id = revoked.signoff_id
