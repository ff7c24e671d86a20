-- Which topic an offset counts in: one made anew under the same name counts from 0 again. Null: not asked yet.
alter table command_offset add column topic_id varchar(64);
