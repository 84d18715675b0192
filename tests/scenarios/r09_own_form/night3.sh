run payrecon-reconcile --day 2026-05-11
