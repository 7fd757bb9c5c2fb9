package wombat

import (
	"unicode/utf8"

	"wombatdb.org/go/wombat/internal/raw"
)

// logQueue brings the messages of a database to its logger: one goroutine waits for them, so that no thread of the
// library enters Go.
type logQueue struct {
	number int64
	done   chan struct{}
}

// startLog returns nil without a logger.
func startLog(s *settings) (*logQueue, error) {
	if s.logger == nil {
		return nil, nil
	}
	number := raw.Log_create()
	if err := check(number); err != nil {
		return nil, err
	}
	queue := &logQueue{number: number, done: make(chan struct{})}
	go queue.run(s.logger)
	if err := check(raw.Options_set_log(s.options, number)); err != nil {
		queue.close()
		return nil, err
	}
	return queue, nil
}

func (q *logQueue) run(logger func(LogLevel, string)) {
	defer close(q.done)
	buffer := make([]byte, 8192)
	for {
		size := raw.Log_take(q.number, buffer, int64(len(buffer)))
		if size < 0 {
			return
		}
		text := buffer[4:size]
		for len(text) > 0 && !utf8.Valid(text) { // cut inside a character
			text = text[:len(text)-1]
		}
		logger(LogLevel(native.Uint32(buffer)), string(text))
	}
}

// close ends the goroutine behind the last message and waits for it. The database must have been closed.
func (q *logQueue) close() {
	if q != nil {
		raw.Log_close(q.number)
		<-q.done
	}
}
