package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"wombatdb.org/go/wombat"
)

const valueSizeMax = 16 << 20

// row is a line of a scan. JSON has no bytes: they are written as base64.
type row struct {
	Key   string `json:"key"`
	Value []byte `json:"value"`
}

type service struct {
	db *wombat.DB
}

func newService(db *wombat.DB) http.Handler {
	s := &service{db}
	mux := http.NewServeMux()
	mux.HandleFunc("/kv/", s.serveKey)
	mux.HandleFunc("/scan", s.serveScan)
	mux.HandleFunc("/stats", s.serveStats)
	return mux
}

func (s *service) serveKey(w http.ResponseWriter, r *http.Request) {
	key := []byte(strings.TrimPrefix(r.URL.Path, "/kv/"))
	switch r.Method {
	case http.MethodGet:
		err := s.db.View(key, nil, func(value []byte) error {
			w.Header().Set("Content-Type", "application/octet-stream")
			_, err := w.Write(value)
			return err
		})
		fail(w, err)
	case http.MethodPut:
		value, err := io.ReadAll(http.MaxBytesReader(w, r.Body, valueSizeMax))
		if err != nil {
			http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
			return
		}
		if !fail(w, s.db.Put(key, value, nil)) {
			w.WriteHeader(http.StatusNoContent)
		}
	case http.MethodDelete:
		if !fail(w, s.db.Delete(key, nil)) {
			w.WriteHeader(http.StatusNoContent)
		}
	default:
		w.Header().Set("Allow", "GET, PUT, DELETE")
		http.Error(w, "GET, PUT or DELETE", http.StatusMethodNotAllowed)
	}
}

// serveScan holds one batch of rows in memory, however many there are, and ends when the client goes.
func (s *service) serveScan(w http.ResponseWriter, r *http.Request) {
	rows, err := s.db.NewIterator(&wombat.IteratorOptions{Prefix: []byte(r.URL.Query().Get("prefix")), NoFillCache: true})
	if fail(w, err) {
		return
	}
	defer rows.Close()
	w.Header().Set("Content-Type", "application/x-ndjson")
	out := bufio.NewWriter(w)
	lines := json.NewEncoder(out)
	for rows.Next() && r.Context().Err() == nil {
		if err := lines.Encode(row{string(rows.Key()), rows.Value()}); err != nil {
			return
		}
	}
	if rows.Err() != nil {
		// The status line is out: breaking the connection is how HTTP tells that the body is not whole.
		panic(http.ErrAbortHandler)
	}
	_ = out.Flush()
}

func (s *service) serveStats(w http.ResponseWriter, r *http.Request) {
	report, err := s.db.ReportJSON()
	if fail(w, err) {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, report)
}

// fail answers with an error, if there is one, and tells so.
func fail(w http.ResponseWriter, err error) bool {
	if err == nil {
		return false
	}
	code := http.StatusInternalServerError
	switch {
	case errors.Is(err, wombat.ErrNotFound):
		code = http.StatusNotFound
	case errors.Is(err, wombat.ErrTooLarge):
		code = http.StatusRequestEntityTooLarge
	case errors.Is(err, wombat.ErrClosed), errors.Is(err, wombat.ErrNoSpace), errors.Is(err, wombat.ErrBusy):
		code = http.StatusServiceUnavailable
	}
	http.Error(w, err.Error(), code)
	return true
}
