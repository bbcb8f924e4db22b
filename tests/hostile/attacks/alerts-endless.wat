;; It answers four thousand million alerts.
;; ends: trap
(func $handle (param $in i32) (result i32)
  (i32.store (i32.const 60008) (i32.const 0))
  (i32.store (i32.const 60012) (i32.const -1))
  (i32.const 60000))
