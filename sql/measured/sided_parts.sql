-- builds  measured.sided_parts (working table): one row per window part that is measured again by position of a side
-- reads   what both sides say piece by piece, the parts
-- rule    K4: time alone can be measured by position; of requests that failed, no span of a side says how many
select distinct piece.part_no
from measured.side_pieces as piece
inner join measured.parts as part on piece.part_no = part.part_no
where part.kind = 'availability' and (piece.ours = 'down' or piece.theirs = 'down')
