;; It answers with a severity that there is not.
;; ends: trap
(func $handle (param $in i32) (result i32)
  (i32.store8 (i32.const 61009) (i32.const 200))
  (i32.store (i32.const 60008) (i32.const 61000))
  (i32.store (i32.const 60012) (i32.const 1))
  (i32.const 60000))
