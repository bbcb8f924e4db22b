;; It answers with bytes that are no text.
;; ends: trap
(data (i32.const 61000) "\c3\28\ff\fe")
(func $handle (param $in i32) (result i32)
  (i32.store8 (i32.const 60000) (i32.const 1))
  (i32.store8 (i32.const 60008) (i32.const 2))
  (i32.store (i32.const 60012) (i32.const 61000))
  (i32.store (i32.const 60016) (i32.const 4))
  (i32.const 60000))
