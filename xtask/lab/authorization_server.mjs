// A throw-away authorization server on 127.0.0.1 (RFC 6749, 7636, 7662, 8628), until SIGTERM.
//
//   authorization_server.mjs
//
// Prints `listening on http://127.0.0.1:PORT`. Every token is for the mailbox `ana`. The client `public` has no secret, the
// client `confidential` has `client-secret-1`. What a test wants of it: GET /set?life=SECONDS (of tokens), &fail=STATUS (of
// /token), &revoke=refresh|access; GET /approve?code=USER_CODE or /deny?code=…; GET /asked lists the grants that were asked for.

import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";

const USER = "ana";
const SECRETS = { public: undefined, confidential: "client-secret-1" };

const set = { life: 3600, fail: 0 };
const asked = [];
const codes = new Map();
const devices = new Map();
let refresh = new Set();
let access = new Set();

const fresh = (kind) => `${kind}-${randomBytes(18).toString("base64url")}`;

/** Tokens; a refresh token is good once, and its successor comes with it. */
function tokens(withRefresh) {
  const answer = { access_token: fresh("access"), token_type: "Bearer", expires_in: set.life };
  access.add(answer.access_token);
  if (withRefresh) {
    answer.refresh_token = fresh("refresh");
    refresh.add(answer.refresh_token);
  }
  return [200, answer];
}

const refused = (error, error_description) => [400, { error, error_description }];

function token(form) {
  asked.push(form.get("grant_type"));
  if (set.fail) return [set.fail, { error: "temporarily_unavailable" }];
  if (!(form.get("client_id") in SECRETS)) return [401, { error: "invalid_client" }];
  const secret = SECRETS[form.get("client_id")];
  if ((form.get("client_secret") ?? undefined) !== secret) return [401, { error: "invalid_client", error_description: "The secret is wrong." }];
  switch (form.get("grant_type")) {
    case "authorization_code": {
      const code = codes.get(form.get("code"));
      codes.delete(form.get("code"));
      if (!code) return refused("invalid_grant", "This code is not known.");
      const challenge = createHash("sha256").update(form.get("code_verifier") ?? "").digest("base64url");
      if (challenge !== code.challenge) return refused("invalid_grant", "The verifier is wrong.");
      if (form.get("redirect_uri") !== code.redirect) return refused("invalid_grant", "The address is another one.");
      return tokens(true);
    }
    case "refresh_token":
      if (!refresh.delete(form.get("refresh_token"))) return refused("invalid_grant", "The token was taken back.");
      return tokens(true);
    case "client_credentials":
      return secret === undefined ? refused("unauthorized_client") : tokens(false);
    case "urn:ietf:params:oauth:grant-type:device_code": {
      const device = [...devices.values()].find(({ code }) => code === form.get("device_code"));
      if (!device) return refused("expired_token");
      if (device.answer === undefined) return refused("authorization_pending");
      return device.answer ? tokens(true) : refused("access_denied");
    }
    default:
      return refused("unsupported_grant_type");
  }
}

function device() {
  const user_code = randomBytes(4).toString("hex").toUpperCase();
  const code = fresh("device");
  devices.set(user_code, { code });
  return [200, { device_code: code, user_code, verification_uri: `${site}/device`, expires_in: 300, interval: 1 }];
}

function decide(query, allowed) {
  const to = new URL(query.get("redirect_uri"));
  to.searchParams.set("state", query.get("state"));
  if (allowed) {
    const code = fresh("code");
    codes.set(code, { challenge: query.get("code_challenge"), redirect: query.get("redirect_uri") });
    to.searchParams.set("code", code);
  } else {
    to.searchParams.set("error", "access_denied");
  }
  return to.href;
}

function change(query) {
  for (const name of ["life", "fail"]) if (query.has(name)) set[name] = Number(query.get(name));
  if (query.get("revoke") === "refresh") refresh = new Set();
  if (query.get("revoke") === "access") access = new Set();
  return [200, set];
}

function page({ search }) {
  return `<!doctype html><html lang="en"><title>Lab</title><h1>May Restante read the mailbox ${USER}?</h1>
<a href="/allow${search.replaceAll("&", "&amp;")}">Allow</a> <a href="/refuse${search.replaceAll("&", "&amp;")}">Refuse</a>`;
}

async function body(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

let site = "";
const server = createServer(async (request, response) => {
  const url = new URL(request.url, site);
  const query = url.searchParams;
  const json = ([status, answer]) => response.writeHead(status, { "content-type": "application/json", "connection": "close" }).end(JSON.stringify(answer));
  const answerDevice = (answer) => {
    devices.get(query.get("code")).answer = answer;
    json([200, {}]);
  };
  switch (`${request.method} ${url.pathname}`) {
    case "POST /token": return json(token(await body(request)));
    case "POST /device": return json(device());
    case "POST /introspect": {
      const active = access.has((await body(request)).get("token"));
      return json([200, active ? { active, username: USER } : { active }]);
    }
    case "GET /authorize": return response.writeHead(200, { "content-type": "text/html" }).end(page(url));
    case "GET /allow": return response.writeHead(302, { location: decide(query, true) }).end();
    case "GET /refuse": return response.writeHead(302, { location: decide(query, false) }).end();
    case "GET /approve": return answerDevice(true);
    case "GET /deny": return answerDevice(false);
    case "GET /set": return json(change(query));
    case "GET /asked": return json([200, asked]);
    default: return response.writeHead(404).end();
  }
});
server.listen(0, "127.0.0.1", () => {
  site = `http://127.0.0.1:${server.address().port}`;
  console.log(`listening on ${site}`);
});
