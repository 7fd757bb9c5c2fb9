// Command kvserver is an HTTP key-value service.
//
//	kvserver -db DATABASE [-listen :8080]
//
//	PUT    /kv/KEY              stores the body
//	GET    /kv/KEY              gives it, or 404
//	DELETE /kv/KEY
//	GET    /scan?prefix=P       streams rows, one JSON object a line
//	GET    /stats               the report of the database
//
// SIGINT and SIGTERM end it when the requests that are under way have been answered.
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"wombatdb.org/go/wombat"
)

func main() {
	path := flag.String("db", "kv", "directory of the database")
	listen := flag.String("listen", ":8080", "address to listen on")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *path, *listen); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, path, listen string) error {
	db, err := wombat.Open(path, wombat.WithLogger(func(level wombat.LogLevel, message string) {
		if level >= wombat.LogWarning {
			log.Print(message)
		}
	}))
	if err != nil {
		return err
	}
	server := &http.Server{Addr: listen, Handler: newService(db), ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	select {
	case err = <-failed:
	case <-ctx.Done():
		limit, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		err = server.Shutdown(limit)
	}
	// Requests that Shutdown gave up waiting for fail with ErrClosed.
	if closeError := db.Close(); err == nil || errors.Is(err, http.ErrServerClosed) {
		err = closeError
	}
	return err
}
