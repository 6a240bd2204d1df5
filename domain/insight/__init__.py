"""Speech, speakers, emotions, topics and finds: text or audio in, facts out; no database."""
