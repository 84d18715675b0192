mv "$work/world/first.jsonl" "$work/world/world.jsonl"
tell reload
