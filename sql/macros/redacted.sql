-- macro   redacted(words): free text without e-mail addresses, tokens, network addresses and telephone numbers (DOMAIN 8). Dates and
--         times stay: a telephone number begins with +, with 0 and two digits, or has the American form
create or replace macro redacted(words) as (
    if(
        regexp_matches(words, '(?i)@|\d{2}|::|[a-z0-9_+/=-]{32}|bearer|passw|secret|token|api.?key'),
        regexp_replace(
            regexp_replace(
                regexp_replace(
                    regexp_replace(
                        words,
                        '[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}', '[email]', 'g'
                    ),
                    '(?i)\bbearer\s+\S+|\b(password|passwd|pwd|secret|token|api[_-]?key)\s*[=:]\s*\S+'
                    || '|\b[a-z0-9_-]{16,}\.[a-z0-9_-]{16,}\.[a-z0-9_-]{16,}|[a-z0-9_+/=-]{32,}',
                    '[token]', 'g'
                ),
                '(?i)\b\d{1,3}(\.\d{1,3}){3}\b|\b([0-9a-f]{1,4}:){4,7}[0-9a-f]{1,4}\b'
                || '|\b[0-9a-f]{1,4}(:[0-9a-f]{1,4})*::([0-9a-f]{1,4}:)*[0-9a-f]{1,4}\b',
                '[ip]', 'g'
            ),
            '\+\d[\d ()/.-]{6,}\d|\b0\d{2,4}[ /-]?\d{3,}[\d -]*\d\b|\(\d{3}\) ?\d{3}-\d{4}\b|\b\d{3}-\d{3}-\d{4}\b',
            '[phone]', 'g'
        ),
        words
    )
);
