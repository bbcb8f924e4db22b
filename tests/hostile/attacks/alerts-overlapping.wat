;; It answers a hundred thousand alerts that all are the same bytes.
;; ends: limit
(memory $memory 64)
(func $handle (param $in i32) (result i32)
  (i32.store (i32.const 60008) (i32.const 65536))
  (i32.store (i32.const 60012) (i32.const 100000))
  (i32.const 60000))
