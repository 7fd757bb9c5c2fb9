#include "match_workload.h"

namespace wombat::bench {

const std::vector<MatchWorkload>& match_workloads() {
  using D = MatchData;
  using W = MatchWork;
  static const std::vector<MatchWorkload> all = {
      {"fillseq", "put all entries in key order", D::kOwn, W::kPut, "fillseq"},
      {"fillrandom2", "put each entry once in random order, 2 threads", D::kOwn, W::kPut, "fillrandom", 2},
      {"fillbatch100", "the same, 1 thread, 100 entries a batch", D::kOwn, W::kBatch, "fillrandom", 1, 100},
      {"fillbatch1000", "1000 entries a batch", D::kOwn, W::kBatch, "fillrandom", 1, 1000},
      {"fillsync1", "puts, each durable before it returns, 1 thread", D::kOwnSync, W::kPut, "fillrandom", 1},
      {"fillsync4", "the same, 4 threads", D::kOwnSync, W::kPut, "fillrandom", 4},
      {"fillsync16", "the same, 16 threads", D::kOwnSync, W::kPut, "fillrandom", 16},
      {"recovery", "open what a killed process left in its log, and get one entry", D::kOwn, W::kRecover,
       nullptr, 1},
      {"fillrandom", "put each entry once in random order", D::kMain, W::kPut, "fillrandom"},
      {"readrandom", "get random entries, value copied", D::kMain, W::kGet, "readrandom"},
      {"readrandom-zc", "the same without a copy", D::kMain, W::kGetView, "readrandom"},
      {.name = "readmissing",
       .help = "get absent keys, each between two that are present",
       .data = D::kMain,
       .work = W::kGet,
       .plan = "readmissing",
       .is_missing = true},
      {"readhot", "get random entries of one hundredth of all", D::kMain, W::kGet, "readhot"},
      {"multireadrandom32", "get 32 random entries a call, values copied", D::kMain, W::kMultiGet,
       "multireadrandom"},
      {"readseq", "all rows forward, one call a row", D::kMain, W::kScan, nullptr, 1},
      {"readreverse", "all rows backward", D::kMain, W::kScanBack, nullptr, 1},
      {"seekrandom", "a fresh cursor, a seek, 10 steps", D::kMain, W::kSeek, "seekrandom"},
      {"open", "close, then open and get one entry", D::kMain, W::kOpen, nullptr, 1},
      {"overwrite", "put random entries again", D::kMain, W::kPut, "overwrite"},
      {"ycsba", "50 % reads, 50 % updates, zipfian", D::kMain, W::kMixed, "ycsba"},
      {"ycsbb", "95 % reads, 5 % updates, zipfian", D::kMain, W::kMixed, "ycsbb"},
      {"ycsbc", "reads, zipfian", D::kMain, W::kMixed, "ycsbc"},
      {"ycsbd", "95 % reads of the latest, 5 % inserts", D::kMain, W::kMixed, "ycsbd"},
      {"ycsbe", "95 % scans of 1 to 100 rows, 5 % inserts, zipfian", D::kMain, W::kMixed, "ycsbe"},
      {"ycsbf", "50 % reads, 50 % read-modify-writes, zipfian", D::kMain, W::kMixed, "ycsbf"},
      {.name = "readwhilewriting",
       .help = "readrandom beside a thread that overwrites without pause",
       .data = D::kMain,
       .work = W::kGet,
       .plan = "readrandom",
       .has_writer = true},
      {"scandeleted", "delete 9 of 10 entries in the middle half, then scan it", D::kMain, W::kScanDeleted,
       nullptr, 1},
      {"deleterandom", "delete every entry in random order", D::kMain, W::kDelete, nullptr, 1},
      {"fill4k", "put values of 4 KiB in random order", D::kLarge, W::kPut, "fillrandom"},
      {"read4k", "get random values of 4 KiB", D::kLarge, W::kGet, "readrandom"},
      {.name = "filltxn",
       .help = "fillrandom of the database for transactions",
       .data = D::kTransactions,
       .work = W::kPut,
       .plan = "fillrandom",
       .by_default = false},
      {"txn1", "transactions that read 2 and write 2 random entries, 1 thread", D::kTransactions,
       W::kTransact, "readrandom", 1},
      {"txn2", "the same, 2 threads", D::kTransactions, W::kTransact, "readrandom", 2},
      {.name = "txnzipf",
       .help = "the same over 1000 entries, zipfian, 4 threads, repeated until committed",
       .data = D::kTransactions,
       .work = W::kTransact,
       .plan = "ycsbc",
       .thread_count = 4,
       .key_count_max = 1000},
      {.name = "txnsync4",
       .help = "as txn1, each durable when its commit returns, 4 threads",
       .data = D::kTransactions,
       .work = W::kTransact,
       .plan = "readrandom",
       .thread_count = 4,
       .is_synced = true},
      {.name = "sustained",
       .help = "put random entries, again and again, until background work is finished",
       .data = D::kOwn,
       .work = W::kPut,
       .plan = "overwrite",
       .by_default = false,
       .counts_settle = true},
  };
  return all;
}

const MatchWorkload* find_match_workload(std::string_view name) {
  for (const MatchWorkload& workload : match_workloads())
    if (name == workload.name) return &workload;
  return nullptr;
}

}  // namespace wombat::bench
