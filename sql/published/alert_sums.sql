-- builds  published.alert_sums (working table): one row if alerts fired in the period: what people said of them
-- reads   alerts by rule
-- rule    M-06, A2.1: transient alerts and those nobody judged are told apart, none is deleted
select
    sum(alerts)::bigint as alerts,
    sum(true_positives)::bigint as true_positives,
    sum(false_positives)::bigint as false_positives,
    sum(transients)::bigint as transients,
    sum(duplicates)::bigint as duplicates,
    sum(maintenance)::bigint as maintenance,
    sum(undispositioned)::bigint as undispositioned
from measured.alert_rules
having count(*) > 0
