sed -i '/P051005/s/"total_fen":4500/"total_fen":4000/' "$work/world/world.jsonl"
tell reload
