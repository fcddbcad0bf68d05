-- builds  reconciled.object_signoffs (working table): one row per exception or exclusion request, role and party: the last word signed for it
-- reads   sign-offs, revocations, what they sign
-- rule    section 1 sign-off: it covers the hash of exactly what was signed, another hash voids it; signer and requester are two people; a
--         revoked one is none
with objects as (
    select 'exception' as object_type, exception_id as object_id, payload_sha256, requested_by_ref as requester_ref from staged.exception
    union all
    select 'exclusion_request' as object_type, request_id as object_id, payload_sha256, null as requester_ref from staged.exclusion_request
)

select
    objects.object_type,
    objects.object_id,
    signoff.role,
    signoff.party,
    signoff.decision,
    signoff.signoff_id
from staged.signoff as signoff
inner join objects on signoff.object_type = objects.object_type and signoff.object_id = objects.object_id
anti join staged.revocation as revocation
    on revocation.object_type = 'signoff' and signoff.signoff_id = revocation.object_id
where
    (signoff.object_sha256 is null or signoff.object_sha256 = objects.payload_sha256 or signoff.method = 'document')
    and signoff.signer_ref is distinct from objects.requester_ref
    and signoff.signer_ref is distinct from signoff.requester_ref
    and signoff.role is not null
qualify
    row_number() over (
        partition by objects.object_type, objects.object_id, signoff.role, signoff.party
        order by signoff.signed_at desc, signoff.recorded_from desc, signoff.signoff_id desc
    ) = 1
