-- macro   never_us(): later than any record; stands for an open end where spans are compared
create or replace macro never_us() as (253402300800000000);
-- macro   moment(us): microseconds since 1970 as an instant; never is null
create or replace macro moment(us) as (if(us >= 253402300800000000, null, make_timestamptz(us)));
-- macro   share6(part, whole): part / whole as DECIMAL(9,6), half-up, for 0 <= part <= whole and whole > 0; no float touches it
create or replace macro share6(part, whole) as (
    ((((part)::hugeint * 2000000 + (whole)) // (2 * (whole)::hugeint))::decimal(18, 0) * 0.000001)::decimal(9, 6)
);
-- macro   falling(distance_us, zero_at_us): 1 at distance 0, falling linearly to 0 at zero_at_us (RC-M1)
create or replace macro falling(distance_us, zero_at_us) as (share6(greatest((zero_at_us) - (distance_us), 0), zero_at_us));
-- macro   overlap_share(one_start, one_end, other_start, other_end): intersection / shorter span (RC-M1); a span of no length counts by its place
create or replace macro overlap_share(one_start, one_end, other_start, other_end) as (
    if(
        least((one_end) - (one_start), (other_end) - (other_start)) > 0,
        share6(
            greatest(least(one_end, other_end) - greatest(one_start, other_start), 0),
            greatest(least((one_end) - (one_start), (other_end) - (other_start)), 1)
        ),
        if(least(one_end, other_end) >= greatest(one_start, other_start), 1, 0)::decimal(9, 6)
    )
);
-- macro   outside_us(opening, other_start, other_end, before, after): how far an opening lies outside the other's widened span (RC-M1)
create or replace macro outside_us(opening, other_start, other_end, before, after) as (
    greatest((other_start) - (before) - (opening), (opening) - (other_end) - (after), 0)
);
-- macro   title_words(words): the distinct words of a text, three letters or more, in lower case and in order
create or replace macro title_words(words) as (
    list_sort(
        list_distinct(
            list_filter(regexp_split_to_array(lower(coalesce(words, '')), '[^\pL\pN]+'), lambda word: length(word) >= 3)
        )
    )
);
-- macro   likeness(one, other): shared words / all words of two word lists; 0.5 where one side says nothing: unknown is neither like nor unlike
create or replace macro likeness(one, other) as (
    if(
        len(one) = 0 or len(other) = 0,
        0.5,
        share6(len(list_intersect(one, other)), greatest(len(one) + len(other) - len(list_intersect(one, other)), 1))
    )::decimal(9, 6)
);
-- macro   match_score(weights and features, in pairs): RC-M1, half-up at six decimals
create or replace macro match_score(
    weight_overlap, overlap, weight_opening, opening, weight_proximity, proximity, weight_relation, relation, weight_text, likeness
) as (
    (
        (weight_overlap) * (overlap)
        + (weight_opening) * (opening)
        + (weight_proximity) * (proximity)
        + (weight_relation) * (relation)
        + (weight_text) * (likeness)
    )::decimal(9, 6)
);
-- macro   match_verdict(score, is_mutual_best, lead, auto, best, best_lead, review): step 6 of DOMAIN 4.1; null limits are rules that do not exist
create or replace macro match_verdict(score, is_mutual_best, lead, auto_at_least, best_at_least, best_lead, review_at_least) as (
    case
        when (score) >= (auto_at_least) then 'match'
        when (is_mutual_best) and coalesce((score) >= (best_at_least) and (lead) >= (best_lead), false) then 'match'
        when (score) >= (review_at_least) then 'review'
        else 'no_match'
    end
);
-- macro   weekdays_after(day, count): the day `count` working days (Monday to Friday) after a day
create or replace macro weekdays_after(day, count) as (
    (day)
    - greatest(isodow(day) - 5, 0)::integer
    + ((count) // 5 * 7 + (count) % 5)::integer
    + if(least(isodow(day), 5) + (count) % 5 > 5, 2, 0)
);
-- macro   by_chance(others, apart_us, nearest_us, window_us, worth): how many records about something else chance brings as near to a record that
--         are as much like it. `others` begin within `window_us` before or after it; `worth`: how many times as frequent what the two share is
--         among records of one outage as among others. Distance counts twice: with it others get more, and records of one outage fewer.
--         Half-up at six decimals; no float touches it
create or replace macro by_chance(others, apart_us, nearest_us, window_us, worth) as (
    (
        least(
            (
                2000000000000 * (others)::hugeint
                * (
                    greatest(least(apart_us, window_us), nearest_us)::hugeint * greatest(least(apart_us, window_us), nearest_us)
                    // (nearest_us)
                )
                // ((window_us)::hugeint * greatest(((worth) * 1000000)::bigint, 1))
                + 1
            ) // 2,
            999999999999999999
        )::decimal(18, 0) * 0.000001
    )::decimal(18, 6)
);
-- macro   worth_of_words(is_one_cause, one, other, half, some, none, unknown): the value for how much of two word lists is the same: half (or the
--         cause), some, none; unknown: one side says nothing
create or replace macro worth_of_words(is_one_cause, one, other, like_half, like_some, like_none, unknown) as (
    case
        when is_one_cause then like_half
        when len(one) = 0 or len(other) = 0 then unknown
        when likeness(one, other) >= 0.5 then like_half
        when likeness(one, other) > 0 then like_some
        else like_none
    end
);
-- macro   worth_of_ends(one_us, other_us, near_us, far_us, near, between_both, far): the value for how far apart two ends lie; null is an open
--         end
create or replace macro worth_of_ends(one_us, other_us, near_us, far_us, near, between_both, far) as (
    case
        when abs((one_us) - (other_us)) <= near_us then near
        when abs((one_us) - (other_us)) > far_us then far
        else between_both
    end
);
-- macro   worth_of_relation(relation, alike, on_path, unnamed, shared, unrelated): the value for a relation of two components
create or replace macro worth_of_relation(relation, alike, on_path, unnamed, shared, unrelated) as (
    case relation
        when 'same' then alike
        when 'parent_child' then on_path
        when 'no_component' then unnamed
        when 'shared_dependency' then shared
        else unrelated
    end
);
