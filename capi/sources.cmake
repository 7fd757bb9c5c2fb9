set(WOMBAT_CAPI_SOURCES
  handle_table.cpp handles.cpp boundary.cpp capi_status.cpp capi_options.cpp capi_database.cpp capi_write.cpp capi_read.cpp capi_iterator.cpp
  capi_maintenance.cpp capi_statistics.cpp capi_key.cpp capi_keyspace.cpp capi_transaction.cpp capi_transaction_run.cpp
  capi_prepared.cpp capi_single.cpp capi_bulk.cpp merge_callback.cpp filter_callback.cpp)
