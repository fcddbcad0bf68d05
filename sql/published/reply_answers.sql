-- builds  published.reply_answers (working table): one row per provider of the dispute sheet: its spans by what it answered to each
-- reads   the dispute sheet
-- rule    K4
select
    provider_id,
    count(*) as spans,
    count(*) filter (where answer = 'agreed') as agreed,
    count(*) filter (where answer = 'contested') as contested,
    count(*) filter (where answer = 'partly_contested') as partly_contested,
    count(*) filter (where answer = 'decided') as decided,
    count(*) filter (where answer is null) as unanswered
from measured.dispute_sheet
group by provider_id
