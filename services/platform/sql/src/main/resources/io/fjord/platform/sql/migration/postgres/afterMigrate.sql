-- At every start, for the relay's role may have been made since.
do $$
begin
    if exists (select from pg_roles where rolname = 'fjord_cdc') then
        grant usage on schema ${service} to fjord_cdc;
        grant select on ${service}.event, ${service}.counter, ${service}.heartbeat to fjord_cdc;
        grant insert, update on ${service}.heartbeat to fjord_cdc;
    end if;
end $$;
