-- Ways into networks that this server does not reach by itself.
CREATE TABLE connector (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    address TEXT NOT NULL,
    port BIGINT NOT NULL,
    tls BOOLEAN NOT NULL,
    credential BIGINT REFERENCES credential (id),
    enabled BOOLEAN NOT NULL,
    created BIGINT NOT NULL
);
CREATE INDEX connector_credential ON connector (credential) WHERE credential IS NOT NULL;

-- Whether an account uses one, and which; without a name the default of the system parameters.
ALTER TABLE account ADD COLUMN use_connector BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE account ADD COLUMN connector BIGINT REFERENCES connector (id);
CREATE INDEX account_connector ON account (connector) WHERE connector IS NOT NULL;
