-- What the relay needs of PostgreSQL: the journal in the publication, and a journal that cannot be rewritten by mistake.
create function journal_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'The journal is append-only' using errcode = 'restrict_violation';
end $$;

create trigger append_only before update or delete or truncate on event
    for each statement execute function journal_is_append_only();

-- Services migrate at the same time, and the publication is one for all.
select pg_advisory_xact_lock(hashtext('fjord_journal'));

do $$
begin
    if not exists (select from pg_publication where pubname = 'fjord_journal') then
        create publication fjord_journal with (publish = 'insert');
    end if;
end $$;

alter publication fjord_journal add table ${service}.event;
