// Command goleveldb is what bindings/go/internal/scan is compared with: the same loop over a store written in Go. Built
// with Debian's golang-github-syndtr-goleveldb-dev; see bindings/bench/bench_go_scan.py.
//
//	goleveldb fill DATABASE ROWS
//	goleveldb read DATABASE
package main

import (
	"bytes"
	"fmt"
	"log"
	"os"
	"strconv"
	"time"

	"github.com/syndtr/goleveldb/leveldb"
	"github.com/syndtr/goleveldb/leveldb/opt"
	"github.com/syndtr/goleveldb/leveldb/util"
)

const (
	valueSize = 100
	batchSize = 1000
	rounds    = 3
)

func main() {
	// As Wombat has it: no compression, 64 MiB to write in.
	db, err := leveldb.OpenFile(os.Args[2], &opt.Options{Compression: opt.NoCompression, WriteBuffer: 64 << 20})
	if err != nil {
		log.Fatal(err)
	}
	if os.Args[1] == "fill" {
		err = fill(db)
	} else {
		err = read(db)
	}
	if err != nil {
		log.Fatal(err)
	}
	if err := db.Close(); err != nil {
		log.Fatal(err)
	}
}

func fill(db *leveldb.DB) error {
	rowCount, err := strconv.Atoi(os.Args[3])
	if err != nil {
		return err
	}
	batch := new(leveldb.Batch)
	value := bytes.Repeat([]byte("v"), valueSize)
	for i := 0; i < rowCount; i++ {
		batch.Put([]byte(fmt.Sprintf("key%013d", i)), value)
		if (i+1)%batchSize == 0 || i+1 == rowCount {
			if err := db.Write(batch, nil); err != nil {
				return err
			}
			batch.Reset()
		}
	}
	return db.CompactRange(util.Range{})
}

func read(db *leveldb.DB) error {
	best := time.Duration(1 << 62)
	rowCount := 0
	for i := 0; i < rounds; i++ {
		start := time.Now()
		// Slower by a seventh when blocks go to its cache.
		rows := db.NewIterator(nil, &opt.ReadOptions{DontFillCache: true})
		rowCount = 0
		size := 0
		for rows.Next() {
			size += len(rows.Key()) + len(rows.Value())
			rowCount++
		}
		rows.Release()
		if err := rows.Error(); err != nil {
			return err
		}
		if passed := time.Since(start); passed < best {
			best = passed
		}
	}
	fmt.Printf("%d %.1f\n", rowCount, float64(best.Nanoseconds())/float64(rowCount))
	return nil
}
