-- Which worker makes an attempt: only its own are open because it was cut short, when it starts.
ALTER TABLE attempts ADD COLUMN worker TEXT;
