"""The tables. Money in cents, rates in basis points, days and times in ISO 8601."""

from __future__ import annotations

TABLES = """
CREATE TABLE customers (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, phone TEXT UNIQUE, language TEXT NOT NULL,
    segment TEXT NOT NULL, birthday TEXT NOT NULL, identity_number TEXT NOT NULL,
    real_name_checked INTEGER NOT NULL, address TEXT, marketing INTEGER NOT NULL DEFAULT 1,
    codes_blocked INTEGER NOT NULL DEFAULT 0, locked_until TEXT,
    limit_cents INTEGER NOT NULL CHECK (limit_cents >= 0), limit_frozen INTEGER NOT NULL DEFAULT 0);
CREATE TABLE tags (customer_id INTEGER NOT NULL REFERENCES customers, tag TEXT NOT NULL,
    PRIMARY KEY (customer_id, tag)) WITHOUT ROWID;
CREATE TABLE cards (
    id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers, bank TEXT NOT NULL,
    number TEXT NOT NULL UNIQUE, is_default INTEGER NOT NULL,
    funds_cents INTEGER NOT NULL CHECK (funds_cents >= 0));
CREATE INDEX cards_of ON cards (customer_id);
CREATE TABLE loans (
    id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers, product TEXT NOT NULL,
    principal_cents INTEGER NOT NULL, balance_cents INTEGER NOT NULL CHECK (balance_cents >= 0),
    rate_bp INTEGER NOT NULL, instalments INTEGER NOT NULL, paid INTEGER NOT NULL,
    instalment_cents INTEGER NOT NULL CHECK (instalment_cents >= 0), next_due TEXT, opened TEXT NOT NULL,
    settled TEXT);
CREATE INDEX loans_of ON loans (customer_id);
CREATE TABLE payments (
    id INTEGER PRIMARY KEY, loan_id INTEGER NOT NULL REFERENCES loans, card_id INTEGER REFERENCES cards,
    kind TEXT NOT NULL, amount_cents INTEGER NOT NULL CHECK (amount_cents >= 0), at TEXT NOT NULL,
    status TEXT NOT NULL, reason TEXT);
CREATE INDEX payments_of ON payments (loan_id);
CREATE TABLE requests (
    id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers, loan_id INTEGER REFERENCES loans,
    number TEXT, kind TEXT NOT NULL, status TEXT NOT NULL, at TEXT NOT NULL, details TEXT NOT NULL);
CREATE INDEX requests_of ON requests (customer_id);
CREATE TABLE codes (
    id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers, code TEXT NOT NULL,
    sent TEXT NOT NULL, expires TEXT NOT NULL, used INTEGER NOT NULL DEFAULT 0);
CREATE INDEX codes_of ON codes (customer_id);
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers, number TEXT NOT NULL,
    text TEXT NOT NULL, at TEXT NOT NULL);
CREATE TABLE identity_checks (
    id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers, call TEXT,
    factor TEXT NOT NULL, passed INTEGER NOT NULL, at TEXT NOT NULL);
CREATE INDEX checks_of ON identity_checks (customer_id);
CREATE TABLE identity_tries (
    customer_id INTEGER NOT NULL REFERENCES customers, factor TEXT NOT NULL, wrong INTEGER NOT NULL,
    at TEXT NOT NULL, PRIMARY KEY (customer_id, factor)) WITHOUT ROWID;
CREATE TABLE surveys (call TEXT PRIMARY KEY, score INTEGER NOT NULL, topic TEXT, at TEXT NOT NULL);
CREATE TABLE answers (
    key TEXT PRIMARY KEY, request TEXT NOT NULL, status INTEGER NOT NULL, json TEXT NOT NULL,
    at TEXT NOT NULL);
CREATE TABLE audit (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, path TEXT NOT NULL, status INTEGER NOT NULL, call TEXT,
    note TEXT NOT NULL);
"""
