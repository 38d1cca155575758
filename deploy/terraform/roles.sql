-- The application's roles, made once by the administrator of a database "certifiable" (psql --set ON_ERROR_STOP=1 --file …). Passwords are
-- set afterwards with \password, which sends no plain text.

-- Owns nothing of the server and everything of its own database: migrations make tables as this role, and pods work as it too.
-- One role for both is what the chart knows today (DATABASE_URL); a second one without the right to change tables is not built yet.
CREATE ROLE certifiable_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
-- CREATE on the database, too: the first migration begins with CREATE SCHEMA IF NOT EXISTS, which asks for it even where there is one.
GRANT CONNECT, CREATE, TEMPORARY ON DATABASE certifiable TO certifiable_app;
REVOKE CONNECT ON DATABASE certifiable FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO certifiable_app;

-- For people who look, and for dashboards.
CREATE ROLE certifiable_reader NOLOGIN;
GRANT CONNECT ON DATABASE certifiable TO certifiable_reader;
GRANT USAGE ON SCHEMA public TO certifiable_reader;
GRANT certifiable_app TO CURRENT_USER;
ALTER DEFAULT PRIVILEGES FOR ROLE certifiable_app IN SCHEMA public GRANT SELECT ON TABLES TO certifiable_reader;
