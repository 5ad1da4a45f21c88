-- Where the mail of an account comes from: protocol, server, port (0: one of
-- its protocol), Network Connector (0: none) and user name. So far every
-- account is where it was.
ALTER TABLE account ADD COLUMN origin TEXT;
UPDATE account SET origin = protocol || ' ' || lower(address) || ':' ||
    CASE WHEN port IN (143, 993, 110, 995) THEN 0 ELSE port END || ' ' ||
    CASE WHEN NOT use_connector THEN 0 ELSE COALESCE(connector,
        (SELECT c.id FROM connector c JOIN parameter p ON p.value = c.name WHERE p.id = 'network_connector'), 0) END
    || ' ' || (SELECT user_name FROM credential WHERE credential.id = account.credential);

-- Messages without a name on a server: imported, of a server that names none, or of one that the account left.
CREATE INDEX message_nameless ON message (mailbox) WHERE uid_validity IS NULL AND uidl IS NULL;
