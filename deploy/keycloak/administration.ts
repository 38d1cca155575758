/** Of Keycloak's administration, as its administrator; throws at any answer but a success. */
export type Administer = (method: string, path: string, body?: object) => Promise<unknown>;

export function administering({ url, username, password }: { url: string; username: string; password: string }): Administer {
  async function token(): Promise<string> {
    const body = new URLSearchParams({ client_id: 'admin-cli', grant_type: 'password', username, password });
    const response = await fetch(`${url}/realms/master/protocol/openid-connect/token`, { method: 'POST', body });
    if (!response.ok) throw new Error(`the administrator of Keycloak cannot sign in: ${response.status} ${await response.text()}`);
    return ((await response.json()) as { access_token: string }).access_token;
  }

  return async (method, path, body) => {
    const headers = { authorization: `Bearer ${await token()}`, 'content-type': 'application/json' };
    const response = await fetch(`${url}/admin/realms${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
}

/** Signs in with their name as their password. */
export function personOf(username: string, group: string) {
  return {
    username,
    enabled: true,
    email: `${username}@example.org`,
    emailVerified: true,
    firstName: username === 'ada' ? 'Ada' : username,
    lastName: 'Example',
    groups: [group],
    credentials: [{ type: 'password', value: username, temporary: false }],
  };
}
