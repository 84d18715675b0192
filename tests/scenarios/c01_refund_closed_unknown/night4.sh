run payrecon-nightly --day 2026-05-12
