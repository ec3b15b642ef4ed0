-- Guesses at passwords and tokens, through all doors of all processes. One row is one guess that was answered, or is about to be. Every
-- limit is a count over rows. Unlogged: a guess costs no flush, and after a crash of PostgreSQL counting begins anew.
CREATE UNLOGGED TABLE guess (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    account text COLLATE "C",                  -- null: a token, which is nobody's before it is known
    address text COLLATE "C" NOT NULL,         -- IPv4 address, or IPv6 /64
    network text COLLATE "C" NOT NULL,         -- /26 or /48
    wide_network text COLLATE "C" NOT NULL,    -- /21 or /32
    door smallint NOT NULL
);
CREATE INDEX guess_at ON guess (at);
CREATE INDEX guess_at_account ON guess (account, at);
CREATE INDEX guess_from_address ON guess (address, at);
CREATE INDEX guess_from_network ON guess (network, at);
CREATE INDEX guess_from_wide_network ON guess (wide_network, at);

-- From where an account was entered before. Kept over a crash: who is at home keeps the way in while strangers guess.
CREATE TABLE familiar_address (
    account text COLLATE "C" NOT NULL,
    address text COLLATE "C" NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (account, address)
);

-- Both tables name people of all tenants: the serving role reaches them through the functions below alone.
REVOKE ALL ON guess, familiar_address FROM portal_serving;

-- The limits as one value, so that counting and showing cannot be asked about different ones.
CREATE TYPE guess_rule AS (
    per_account integer, per_address integer, per_network integer, per_wide_network integer, span interval,
    free integer, first_delay interval, longest_delay interval, memory interval
);

-- When each limit lets the next guess pass; null: now. A fifth of an account's and of an address's guesses is kept for addresses that the
-- account knows, so that strangers cannot use them up. The delay of one account from one address doubles with each guess; that of an
-- address begins to double when it has used up in one memory what it may use in one span.
CREATE FUNCTION guess_waits(who text, place text, near text, wide text, familiar boolean, rule guess_rule, moment timestamptz,
                            OUT of_account timestamptz, OUT of_pair timestamptz, OUT of_address timestamptz,
                            OUT of_network timestamptz, OUT of_wide_network timestamptz)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
    number integer;
    latest timestamptz;
BEGIN
    SELECT g.at + rule.span INTO of_account FROM guess g WHERE g.account = who AND g.at > moment - rule.span
        ORDER BY g.at DESC OFFSET rule.per_account - 1 - CASE WHEN familiar THEN 0 ELSE rule.per_account / 5 END LIMIT 1;
    SELECT g.at + rule.span INTO of_address FROM guess g WHERE g.address = place AND g.at > moment - rule.span
        ORDER BY g.at DESC OFFSET rule.per_address - 1 - CASE WHEN familiar THEN 0 ELSE rule.per_address / 5 END LIMIT 1;
    SELECT g.at + rule.span INTO of_network FROM guess g WHERE g.network = near AND g.at > moment - rule.span
        ORDER BY g.at DESC OFFSET rule.per_network - 1 LIMIT 1;
    SELECT g.at + rule.span INTO of_wide_network FROM guess g WHERE g.wide_network = wide AND g.at > moment - rule.span
        ORDER BY g.at DESC OFFSET rule.per_wide_network - 1 LIMIT 1;

    SELECT count(*), max(g.at) INTO number, latest FROM guess g WHERE g.account = who AND g.at > moment - rule.memory AND g.address = place;
    IF number >= rule.free THEN
        of_pair := latest + least(rule.longest_delay, rule.first_delay * 2 ^ least(number - rule.free, 20));
    END IF;
    IF NOT familiar THEN
        SELECT count(*), max(g.at) INTO number, latest FROM guess g WHERE g.address = place AND g.at > moment - rule.memory;
        IF number >= rule.per_address THEN
            of_address := greatest(of_address, latest + least(rule.longest_delay,
                interval '1 second' * 2 ^ least((number - rule.per_address) / greatest(rule.per_address / 2, 1), 20)));
        END IF;
    END IF;
END $$;

-- Counts a guess before it is answered. No id: it must not be answered, and the same question is worth asking after the wait.
CREATE FUNCTION take_guess(who text, place text, near text, wide text, through smallint, rule guess_rule)
RETURNS TABLE (id bigint, wait interval, held_by text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    familiar boolean := EXISTS (SELECT FROM familiar_address f WHERE f.account = who AND f.address = place);
    moment timestamptz;
    free_at timestamptz;
BEGIN
    -- Two guesses that meet in a limit are counted one after the other. First the network, then the account: never in a circle.
    PERFORM pg_advisory_xact_lock(hashtext('guess from'), hashtext(wide));
    IF who IS NOT NULL THEN PERFORM pg_advisory_xact_lock(hashtext('guess at'), hashtext(who)); END IF;
    moment := clock_timestamp();

    SELECT l.reason, l.until INTO held_by, free_at
    FROM guess_waits(who, place, near, wide, familiar, rule, moment) w,
         LATERAL (VALUES ('account', w.of_account), ('pair', w.of_pair), ('address', w.of_address),
                         ('network', w.of_network), ('wideNetwork', w.of_wide_network)) AS l (reason, until)
    WHERE l.until > moment ORDER BY l.until DESC LIMIT 1;
    IF free_at IS NOT NULL THEN
        wait := free_at - moment;
    ELSE
        INSERT INTO guess AS g (at, account, address, network, wide_network, door) VALUES (moment, who, place, near, wide, through) RETURNING g.id INTO id;
    END IF;
    RETURN NEXT;
END $$;

-- It was no guess: the password was right, or nobody looked at it.
CREATE FUNCTION pardon_guess(guess bigint) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DELETE FROM guess g WHERE g.id = pardon_guess.guess;
$$;

-- Written at most once a day for each pair; the 32 addresses used last are kept.
CREATE FUNCTION know_address(who text, place text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO familiar_address AS f (account, address, last_at) VALUES (who, place, now())
    ON CONFLICT (account, address) DO UPDATE SET last_at = now() WHERE f.last_at < now() - interval '1 day';
    DELETE FROM familiar_address f USING (SELECT k.address FROM familiar_address k WHERE k.account = who ORDER BY k.last_at DESC OFFSET 32) AS old
    WHERE f.account = who AND f.address = old.address;
$$;

-- Who is held off now, and until when: accounts as strangers meet them, accounts from one address, addresses and networks.
CREATE FUNCTION list_held_off(rule guess_rule, most integer)
RETURNS TABLE (held_by text, account text, address text, guesses bigint, until timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH recent AS MATERIALIZED (SELECT * FROM guess g WHERE g.at > clock_timestamp() - rule.memory),
    looked AS (
        SELECT r.account, r.address, r.network, r.wide_network, count(*) AS guesses FROM recent r GROUP BY 1, 2, 3, 4
    )
    SELECT DISTINCT ON (l.until, l.reason, l.who, l.place) l.reason, l.who, l.place, l.guesses, l.until
    FROM looked p, LATERAL guess_waits(p.account, p.address, p.network, p.wide_network, false, rule, clock_timestamp()) w,
         LATERAL (VALUES
             ('account', p.account, NULL, w.of_account, (SELECT count(*) FROM recent r WHERE r.account = p.account)),
             ('pair', p.account, p.address, w.of_pair, p.guesses),
             ('address', NULL, p.address, w.of_address, (SELECT count(*) FROM recent r WHERE r.address = p.address)),
             ('network', NULL, p.network, w.of_network, (SELECT count(*) FROM recent r WHERE r.network = p.network)),
             ('wideNetwork', NULL, p.wide_network, w.of_wide_network, (SELECT count(*) FROM recent r WHERE r.wide_network = p.wide_network))
         ) AS l (reason, who, place, until, guesses)
    WHERE l.until > clock_timestamp() ORDER BY l.until DESC LIMIT most;
$$;

-- Forgets what an administrator chose from that list; the answer says how many guesses that were.
CREATE FUNCTION let_in(reason text, who text, place text) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH gone AS (
        DELETE FROM guess g WHERE CASE reason
            WHEN 'account' THEN g.account = who
            WHEN 'pair' THEN g.account = who AND g.address = place
            WHEN 'address' THEN g.address = place
            WHEN 'network' THEN g.network = place
            WHEN 'wideNetwork' THEN g.wide_network = place
        END
        RETURNING 1)
    SELECT count(*) FROM gone;
$$;

-- Bounded in time and in number, whoever floods.
CREATE FUNCTION trim_guesses(older_than interval, most bigint) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DELETE FROM guess WHERE at < clock_timestamp() - older_than;
    DELETE FROM guess WHERE id <= (SELECT max(id) FROM guess) - most;
    DELETE FROM familiar_address WHERE last_at < now() - interval '90 days';
$$;

REVOKE ALL ON FUNCTION guess_waits, take_guess, pardon_guess, know_address, list_held_off, let_in, trim_guesses FROM PUBLIC;
GRANT EXECUTE ON FUNCTION take_guess, pardon_guess, know_address, list_held_off, let_in, trim_guesses TO portal_serving;
