package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wombatdb.org/go/wombat"
)

func request(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func TestService(t *testing.T) {
	db, err := wombat.Open(filepath.Join(t.TempDir(), "db"), wombat.With(wombat.OptionWALSync, "os"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	server := httptest.NewServer(newService(db))
	defer server.Close()
	for i := 0; i < 1000; i++ {
		if code, text := request(t, "PUT", fmt.Sprintf("%s/kv/n/%04d", server.URL, i), fmt.Sprint(i)); code != 204 {
			t.Fatal(code, text)
		}
	}
	if code, text := request(t, "GET", server.URL+"/kv/n/0007", ""); code != 200 || text != "7" {
		t.Error(code, text)
	}
	if code, _ := request(t, "DELETE", server.URL+"/kv/n/0007", ""); code != 204 {
		t.Error(code)
	}
	if code, text := request(t, "GET", server.URL+"/kv/n/0007", ""); code != 404 {
		t.Error(code, text)
	}
	if code, _ := request(t, "POST", server.URL+"/kv/n", ""); code != 405 {
		t.Error(code)
	}
	if code, _ := request(t, "PUT", server.URL+"/kv/"+strings.Repeat("k", wombat.KeySizeMax+1), ""); code != 413 && code != 431 {
		t.Error(code)
	}
	_, text := request(t, "GET", server.URL+"/scan?prefix=n/000", "")
	lines := strings.Split(strings.TrimSpace(text), "\n")
	var last row
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || len(lines) != 9 || string(last.Value) != "9" {
		t.Error(text, err)
	}
	if code, text := request(t, "GET", server.URL+"/stats", ""); code != 200 || !json.Valid([]byte(text)) {
		t.Error(code, text)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if code, _ := request(t, "GET", server.URL+"/kv/n/0001", ""); code != 503 {
		t.Error(code)
	}
}

func TestShutdown(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	path := filepath.Join(t.TempDir(), "db")
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, path, address) }()
	for i := 0; ; i++ {
		response, err := http.Get("http://" + address + "/stats")
		if err == nil {
			response.Body.Close()
			break
		}
		if i == 100 {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	request(t, "PUT", "http://"+address+"/kv/k", "v")
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	db, err := wombat.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if value, err := db.Get([]byte("k"), nil); string(value) != "v" || err != nil {
		t.Error(value, err)
	}
}
