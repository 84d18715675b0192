cp "$work/world/world.jsonl" "$work/world/first.jsonl"
sed -i '/P051005/d' "$work/world/world.jsonl"
tell reload
