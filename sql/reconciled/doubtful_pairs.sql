-- builds  reconciled.doubtful_pairs (working table): one row per ticket or vendor record and episode that match by score, though the record tells
--         another story than those the episode matches best
-- reads   stories, leaders of episodes
-- rule    4.1 steps 6 and 7: such a pair is for review. The best match of an episode stands, other leaders that tell its story stand with it
with recursive believed as (
    select
        episode_no,
        leader_no
    from reconciled.episode_leaders
    where place = 1
    union
    select
        story.episode_no,
        story.record_no as leader_no
    from believed
    inner join reconciled.told_stories as story
        on believed.episode_no = story.episode_no and believed.leader_no = story.leader_no and story.is_one_story
    inner join reconciled.episode_leaders as leader on story.episode_no = leader.episode_no and story.record_no = leader.leader_no
)

select
    story.record_no as left_no,
    story.episode_no as right_no
from reconciled.told_stories as story
left join believed on story.episode_no = believed.episode_no and story.leader_no = believed.leader_no
anti join believed as self on story.episode_no = self.episode_no and story.record_no = self.leader_no
group by story.record_no, story.episode_no
having not bool_or(believed.leader_no is not null and story.is_one_story)
